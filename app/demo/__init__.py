"""The demo programme: invented people, marked as such, with published totals (docs/explanation/demo.md)."""
