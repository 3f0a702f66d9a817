namespace ClientLb.Tests.Infrastructure;

/// <summary>Tests that change what the whole process has in common, or measure it: one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = false)]
public sealed class ProcessState
{
    public const string Name = "process state";
}
