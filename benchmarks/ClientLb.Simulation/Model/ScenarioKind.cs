namespace ClientLb.Simulation.Model;

/// <summary>What is wrong with the servers.</summary>
internal enum ScenarioKind
{
    /// <summary>Nothing.</summary>
    Homog,

    /// <summary>10 % are three times slower, always. The utilisation is of the true capacity.</summary>
    Hetero,

    /// <summary>At every moment about 10 % run at 20 % speed, others every two seconds. The utilisation is of the nominal capacity.</summary>
    Antag,

    /// <summary>Both of the former.</summary>
    Mix,

    /// <summary>10 % are four times faster.</summary>
    Fast,

    /// <summary>Some answer an error in 0.1 ms during half of the run.</summary>
    FailFast,

    /// <summary>The same for half of the requests that come there.</summary>
    Flaky,

    /// <summary>Some stand still during half of the run; clients give up in time.</summary>
    Hang,

    /// <summary>20 % join at 30 % of the run, at first at 20 % speed, warm after three seconds.</summary>
    ScaleOut,
}
