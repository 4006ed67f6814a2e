//! plexichat-database
