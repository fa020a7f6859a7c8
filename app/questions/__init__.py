"""Questions outside the fixed tables: asked by one, approved by two, drawn at night, read by everybody."""
