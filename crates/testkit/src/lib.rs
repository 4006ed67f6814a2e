//! plexichat-testkit
