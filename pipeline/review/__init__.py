"""The review app: recruiters upload and watch, hiring managers read and decide."""
