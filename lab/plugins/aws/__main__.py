"""The plugin's process: `python -m lab.plugins.aws ENGINE_ADDRESS`."""

from lab.plugins.aws.provider import AwsProvider
from lab.plugins.servicer import serve

VERSION = "7.51.1"

if __name__ == "__main__":
    serve(AwsProvider(), "aws", VERSION)
