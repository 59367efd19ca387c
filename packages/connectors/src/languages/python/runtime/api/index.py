"""The endpoint as a Vercel function."""

import os

from connector.endpoint import Endpoint

app = Endpoint(os.environ)
