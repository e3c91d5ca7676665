"""Adapters: what each platform and ERP exports."""
