"""Questions outside the fixed tables: asked by one person, approved by two, drawn at night, read by everybody."""
