"""A stand-in for pulumi-aws, for the resource types of this project and their near neighbours."""
