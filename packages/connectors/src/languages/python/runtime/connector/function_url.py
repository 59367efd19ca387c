"""The endpoint behind a Lambda function URL."""

import os

from mangum import Mangum

from .endpoint import Endpoint

handler = Mangum(Endpoint(os.environ), lifespan="off")
