# SPDX-License-Identifier: MIT
"""A strict local AWS STS and IAM, for tests and demonstrations. README.md says how to use it."""
