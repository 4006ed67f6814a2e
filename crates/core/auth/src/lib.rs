//! plexichat-auth
