//! plexichat-events
