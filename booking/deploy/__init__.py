"""How the project gets onto a machine: the bootstrap of `make`, the wheel's build, samples for production."""
