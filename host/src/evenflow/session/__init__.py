"""One session on one pump: from the order to the summary, with everything recorded."""
