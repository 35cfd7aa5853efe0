"""The driver seam: small ports, and the drivers of each controller behind them."""
