"""Adapters: what each platform and ERP exports, a folder a platform; and the registry that finds them."""
