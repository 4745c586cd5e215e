"""The rules of style that scripts/style.py checks: `source` reads C, `c` and `text` hold the rules,
`table` measures the tree for docs/style.md."""
