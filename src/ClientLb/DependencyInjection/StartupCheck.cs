namespace ClientLb.DependencyInjection;

/// <summary>Has nothing of its own: its validation at the start looks at the whole section <c>ClientLb</c>.</summary>
internal sealed class StartupCheck;
