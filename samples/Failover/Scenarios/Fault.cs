namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A way in which backends fail, and what the balancer promises about it beyond what it always promises.</summary>
internal abstract class Fault
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What happens, in a sentence.</summary>
    public abstract string Story { get; }

    /// <summary>True where one backend is hurt, and the same one all the time.</summary>
    public virtual bool HasVictim => true;

    /// <summary>True where nothing answers and nothing refuses: calls that have been sent wait, and later only probation attempts may follow them.</summary>
    public virtual bool IsSilent => false;

    /// <summary>True where connections to the victim are refused from the beginning of the fault: after a second nothing but probes may go there, which are no attempts.</summary>
    public virtual bool IsHeardAtOnce => false;

    /// <summary>True where the victim is started again where it was: it must have its share back soon after it listens.</summary>
    public virtual bool ComesBack => false;

    /// <summary>True where the victim must have its share back soon after it can be used.</summary>
    public virtual bool IsTrustedAgain => HasVictim;

    /// <summary>True where the victim answers at once, and nothing but failures.</summary>
    public virtual bool FailsFast => false;

    /// <summary>True where the victim must lose most of its share of the load.</summary>
    public virtual bool LosesShare => false;
}
