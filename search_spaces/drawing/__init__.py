"""Pictures of architectures: `svg.draw_svg` for pages and papers, `text.draw_text` for terminals."""
