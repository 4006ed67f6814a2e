//! SQL of messaging: free functions over a transaction or a reading connection; rows in, rows out.
//!
//! Nothing here decides who may what or which version a row gets; raw SQL stands only where the entities
//! cannot say it in one statement.

