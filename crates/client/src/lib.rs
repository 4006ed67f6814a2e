//! plexichat-client
