"""What models are held to: profiles and labelled counts, set by people or learnt."""
