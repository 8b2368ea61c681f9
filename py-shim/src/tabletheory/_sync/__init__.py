"""The blocking API, made from `_async` by `tools/make_sync.py`; only `driver.py` is written by hand."""
