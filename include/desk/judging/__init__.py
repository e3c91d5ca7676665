"""What people know better than the model: asked for, looked at and held against what came."""
