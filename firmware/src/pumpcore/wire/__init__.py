"""What device and host say to each other: messages, codec, frames, endpoint."""
