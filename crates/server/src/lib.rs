//! plexichat-server
