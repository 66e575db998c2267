"""What an import would do, worked out before anything is written: reads files and the project, writes to neither."""
