"""Other platforms that are asked for what they know, as opposed to vendors, who speak by themselves."""
