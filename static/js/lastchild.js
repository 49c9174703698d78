// htmx puts an element behind the body for the time of each swap. Were the body the last child of the page, it
// would not be one then, and all in it would be looked through for what the style sheets say of last children:
// with each piece of a reply.
document.documentElement.append(document.createElement('template'))
