"""The parts of `almoner bench read`: who is compared, what they are asked, and how they are loaded."""
