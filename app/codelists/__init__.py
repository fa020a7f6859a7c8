"""Code lists as data: what people decide on, in three languages. Every room above reads them, none writes."""
