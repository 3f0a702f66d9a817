namespace ClientLb.Simulation.Model;

/// <summary>Something that will happen.</summary>
/// <param name="At">When, in seconds since the start of the run.</param>
/// <param name="Subject">With what: see <see cref="EventKind"/>.</param>
/// <param name="Version">Of the subject's plans, where they change: an event of an older one is void.</param>
/// <param name="Kind">What.</param>
internal readonly record struct Event(double At, int Subject, int Version, EventKind Kind);
