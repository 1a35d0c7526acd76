"""The help portal: articles anybody may read, with or without JavaScript."""
