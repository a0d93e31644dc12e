"""Pictures of architectures: `svg.draw_svg` for pages and papers, `text.draw_text` for terminals.

Both draw an `Outline`: that of a space's cells, that of a whole network or of a small one layer by layer (`whole`), or
what two of them differ in (`difference`).
"""
