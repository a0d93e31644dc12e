"""The hand-over: a directory with the trained network in every form, none of which needs this product.

`nas.export.export.write_export` writes it; `nas.export.bundle` says what it needs.
"""
