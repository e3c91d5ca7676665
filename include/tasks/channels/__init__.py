"""Where lists are pushed: one module a channel, all behind `parcel.Channel`."""
