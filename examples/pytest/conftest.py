pytest_plugins = ["pytest_poolhouse"]
