"""Where lists are pushed: files, mail, chat robots (robots.py) and webhooks, all behind `parcel.Channel`."""
