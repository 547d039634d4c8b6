"""I-ViT in PyTorch: what its modules compute from a checkpoint, module by module, as dumps that `bitwright compare` reads."""
