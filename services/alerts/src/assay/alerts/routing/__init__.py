"""Who hears of a breach, through which channel, how bad it is, and why. Pure but for the router's clock."""
