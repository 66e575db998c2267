"""What lies on disk: run directories, cached features, progress. numpy only."""
