"""Stock for planned promotions and presales."""
