"""Table Storage: the partition design, codecs and entity group transactions."""
