"""What each page shows, put together in a fixed number of queries: one module a page."""
