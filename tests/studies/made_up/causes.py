MADE_UP = {}
