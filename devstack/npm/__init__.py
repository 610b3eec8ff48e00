"""Node.js, and what is fetched for it: npm packages, each set pinned by the lock file beside its manifest."""
