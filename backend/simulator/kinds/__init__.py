"""What a customer can do on each platform, and the event that Meta makes of it."""
