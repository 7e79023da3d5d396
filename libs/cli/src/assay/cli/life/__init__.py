"""The life of a contract in git: what changed, whether it may be merged, who approved it, and what apply would do."""
