"""Runs one guarded step on one host: applies it in one SSH session, and confirms it from another."""
