//! Use cases and jobs: what happens when a customer writes or a member clicks. The assistant's turn lives here.
