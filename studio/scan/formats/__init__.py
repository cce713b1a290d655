"""One module per file format: bytes in, `RawScan` out. `studio.scan.readers` chooses among them."""
