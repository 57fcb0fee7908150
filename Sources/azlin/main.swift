print("azlin")
