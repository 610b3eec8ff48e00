"""The types of all answers, each with the function that builds it from the domain."""
